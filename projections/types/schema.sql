create table types (
    id            text collate "C" not null,
    version       text             not null,
    major         int              not null,
    minor         int              not null,
    patch         int              not null,
    org           text collate "C" not null,
    built_in      boolean          not null,
    category      text             not null,
    title         json             not null, -- by locale
    hash          text             not null,
    document      json             not null, -- canonical
    registered_by text             not null,
    registered_at bigint           not null, -- microseconds
    primary key (id, major, minor, patch)
);
