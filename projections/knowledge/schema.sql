create table trees (
    id         uuid             not null primary key,
    org        text collate "C" not null,
    subject    text collate "C" not null,
    revision   int              not null,
    latest     int              not null, -- 0: never published
    created_at bigint           not null, -- microseconds
    updated_at bigint           not null  -- microseconds
);

-- The working trees.
create table points (
    tree    uuid             not null,
    id      uuid             not null,
    parent  uuid             not null, -- zero: at the top
    title   text collate "C" not null,
    place   int              not null, -- among its siblings
    retired boolean          not null,
    primary key (tree, id)
);

create index points_place on points (tree, parent, place, title, id);
create index points_id on points (id);

create table versions (
    tree         uuid   not null,
    version      int    not null,
    points       json   not null, -- parents before children
    published_by text   not null,
    published_at bigint not null, -- microseconds
    primary key (tree, version)
);
