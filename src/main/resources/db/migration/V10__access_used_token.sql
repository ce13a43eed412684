-- Tokens of CDS clients that were used: SHA-256 of issuer and jti, kept until the token expires (seconds since 1970).
create table access_used_token (
  token varchar(43) primary key,
  expires bigint not null
);
create index access_used_token_expires on access_used_token (expires);
