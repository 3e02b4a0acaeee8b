-- GraphQL documents that clients name by their hash. They serve the organisation that registered them and those below.
create table documents (
    org           text        not null,
    hash          text        not null check (hash ~ '^[0-9a-f]{64}$'),
    document      text        not null,
    name          text        not null default '',
    registered_by text        not null,
    registered_at timestamptz not null default now(),
    primary key (org, hash)
);
