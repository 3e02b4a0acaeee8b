create table classes (
    id         uuid             not null primary key,
    org        text collate "C" not null,
    code       text             not null,
    title      text collate "C" not null,
    members    int              not null,
    created_at bigint           not null, -- microseconds
    updated_at bigint           not null  -- microseconds
);

create index classes_title on classes (title, id);

create table members (
    class     uuid   not null,
    student   uuid   not null,
    joined_at bigint not null, -- microseconds
    primary key (class, student)
);

create index members_student on members (student, class);
