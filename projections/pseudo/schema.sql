create table tickets (
    id          uuid             not null primary key,
    org         text collate "C" not null,
    environment text             not null,
    staff       text             not null, -- opaque
    student     text             not null, -- as the student's tokens name the student
    person      uuid             not null, -- the same, opaque
    reason      text             not null,
    write       boolean          not null, -- asks to answer
    opened_at   bigint           not null, -- microseconds
    until       bigint           not null, -- microseconds: it ends then, whatever happens
    approved_by text             not null, -- opaque; '': nobody
    tokens      int              not null,
    expires_at  bigint           not null, -- microseconds; of the newest token
    ended_at    bigint           not null, -- microseconds; 0: not before its time
    ended_by    text             not null, -- opaque
    end_reason  text             not null
);

create index tickets_opened on tickets (opened_at, id);
create index tickets_person on tickets (person, opened_at, id);
create index tickets_staff on tickets (staff, opened_at, id);
