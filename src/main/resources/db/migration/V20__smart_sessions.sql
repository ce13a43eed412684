-- Sessions of the app: authorizations under way, and launches with their tokens. Hashes are
-- SHA-256 in base64url, times are milliseconds since 1970, content is encrypted.
CREATE TABLE smart_pending (
  state_hash VARCHAR(43) NOT NULL PRIMARY KEY,
  browser_hash VARCHAR(43) NOT NULL,
  created BIGINT NOT NULL,
  content TEXT NOT NULL
);

CREATE TABLE smart_launch (
  id_hash VARCHAR(43) NOT NULL PRIMARY KEY,
  browser_hash VARCHAR(43) NOT NULL,
  created BIGINT NOT NULL,
  last_used BIGINT NOT NULL,
  version INT NOT NULL,
  renewing_until BIGINT NOT NULL,
  content TEXT NOT NULL
);

CREATE INDEX smart_pending_browser ON smart_pending (browser_hash);
CREATE INDEX smart_launch_browser ON smart_launch (browser_hash);
CREATE INDEX smart_launch_used ON smart_launch (last_used);
