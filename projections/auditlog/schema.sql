create table deeds (
    id          uuid             not null, -- of the event
    at          bigint           not null, -- microseconds
    org         text collate "C" not null,
    environment text             not null,
    actor       text             not null, -- opaque
    acting_for  text             not null, -- '': nobody
    sign_in     text             not null,
    correlation text             not null,
    action      text             not null, -- the event's type
    object      text             not null, -- the stream
    person      text             not null, -- opaque id of whom it is about; '': nobody
    detail      text             not null, -- of an erasure: why, and how many rows of what
    position    bigint           not null primary key
);
