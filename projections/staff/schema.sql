create table people (
    person uuid   not null primary key,
    since  bigint not null -- microseconds; of the first role ever
);

create index people_since on people (since, person);

create table roles (
    person       uuid             not null,
    org          text collate "C" not null,
    role         text             not null,
    environments text[]           not null,
    granted_by   text             not null, -- opaque
    granted_at   bigint           not null, -- microseconds
    primary key (person, org, role)
);

create index roles_admins on roles (org) where role = 'admin';

create table keys (
    id           uuid             not null primary key,
    prefix       text             not null,
    org          text collate "C" not null,
    title        text             not null,
    roles        text[]           not null,
    environments text[]           not null,
    networks     text[]           not null,
    created_by   text             not null, -- opaque
    created_at   bigint           not null, -- microseconds
    expires_at   bigint           not null, -- microseconds
    revoked_by   text             not null, -- opaque; '' where it holds
    revoked_at   bigint           not null, -- microseconds; 0 where it holds
    reason       text             not null  -- of the revocation
);

create index keys_created on keys (created_at, id);
