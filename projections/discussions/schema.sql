create table threads (
    id         uuid             not null primary key,
    kind       text             not null, -- of the subject: question, lesson
    subject    uuid             not null,
    org        text collate "C" not null,
    position   bigint           not null, -- of its first event
    opened_by  text             not null,
    opened_at  bigint           not null, -- microseconds
    anchor     json             not null,
    suggestion json,
    status     text             not null, -- of the suggestion; '' where there is none
    applied    int              not null, -- revision of the question with the change; 0: none
    reason     text             not null,
    decided_by text             not null, -- who resolved, reopened, applied or declined it last
    decided_at bigint           not null, -- microseconds; 0: nobody yet
    resolved   boolean          not null,
    comments   int              not null,
    left_over  int              not null, -- comments that are not deleted
    open       boolean          not null
);

create index threads_subject on threads (subject, position);
create index threads_open on threads (subject) where open;

create table comments (
    id        uuid   not null primary key,
    thread    uuid   not null,
    number    int    not null, -- in the thread, from 1
    position  bigint not null, -- of the event that made it
    said_by   text   not null,
    said_at   bigint not null, -- microseconds
    said      text   not null, -- '' where it is deleted
    mentions  text[] not null,
    edited_at bigint not null, -- microseconds; 0: never
    deleted   boolean not null
);

create unique index comments_thread on comments (thread, number);

-- Who is mentioned in what is there.
create table mentions (
    person   text collate "C" not null,
    comment  uuid   not null,
    position bigint not null, -- of the comment
    primary key (person, comment)
);

create index mentions_comment on mentions (comment);
create index mentions_latest on mentions (person, position);
