-- Calls that were refused for their token, counted: an hour, a part of the service, a reason and an issuer are one row,
-- however many calls there were. The issuer is a registered one that the token named, '-' for any other; it is
-- only claimed, except with the reasons REPLAYED and NOT_ADMIN, which are found after the signature.
create table access_refused_call (
  from_hour timestamp with time zone not null,
  area varchar(32) not null,
  reason varchar(32) not null,
  claimed_issuer varchar(255) not null,
  calls bigint not null,
  first_call timestamp with time zone not null,
  last_call timestamp with time zone not null,
  primary key (from_hour, area, reason, claimed_issuer)
);
