create table batches (
    id          uuid             not null primary key,
    org         text collate "C" not null,
    format      text             not null,
    file        text             not null,
    hash        text             not null, -- SHA-256 of the file
    created     int              not null,
    updated     int              not null,
    unchanged   int              not null,
    refused     int              not null,
    noted       int              not null, -- taken with changes
    started_by  text             not null,
    started_at  bigint           not null, -- microseconds
    finished_at bigint           not null, -- 0: running
    undone_by   text             not null,
    undone_at   bigint           not null, -- 0: it stands
    undo_reason text             not null
);

create index batches_started on batches (started_at, id);

create table items (
    batch    uuid not null,
    number   int  not null, -- in the file, from 0
    source   text not null,
    title    text not null,
    status   text not null,
    question uuid not null, -- zero: refused
    revision int  not null,
    notes    json not null,
    primary key (batch, number)
);

create index items_status on items (batch, status, number);
