-- Sessions of people who signed in with a browser. The cookie holds a random id; here stands its SHA-256 alone, so that whoever reads this
-- table can be nobody. What an identity provider claimed at sign-in is kept with the session; roles granted here are read anew each time.
create table sign_ins (
    id           uuid        primary key,                    -- what people see and revoke
    hash         bytea       not null unique check (length(hash) = 32),
    person       uuid        not null,
    issuer       text        not null,
    grants       jsonb       not null default '[]',          -- from claims
    device       text        not null default '',            -- as the browser names itself
    created_at   timestamptz not null default now(),
    seen_at      timestamptz not null default now(),         -- to the minute
    expires_at   timestamptz not null,                       -- whatever happens
    revoked_at   timestamptz,
    revoked_by   text
);

create index sign_ins_person on sign_ins (person, created_at desc);
create index sign_ins_expiry on sign_ins (expires_at);
