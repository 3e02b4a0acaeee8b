-- What an attempt was asked: parallel arrays in the order of the items.
create table forms (
    form      uuid primary key, -- hash of the arrays
    slots     text[]   not null,
    questions uuid[]   not null,
    versions  int[]    not null,
    maxima    bigint[] not null -- millionths of a mark
);
create index forms_questions on forms using gin (questions);

-- The answers of an attempt, in the order of its form. Rows are updated in place: the room left in each page keeps updates off the indexes.
create table sheets (
    attempt     uuid primary key,
    environment text     not null,
    org         text     not null,
    lesson      uuid     not null,
    version     int      not null, -- of the lesson
    student     text     not null,
    number      int      not null, -- of the student's attempts at the lesson: 1, 2, 3 ...
    form        uuid     not null,
    finished    boolean  not null,
    selection   smallint not null, -- the policies that select it: 1 first, 2 last, 4 best
    answers     bytea    not null  -- itemstats.Vector
) with (fillfactor = 70);
create index sheets_student on sheets (lesson, student) with (fillfactor = 80);

-- The finished attempts, counted.
create table tallies (
    environment text     not null,
    org         text     collate "C" not null,
    lesson      uuid     not null,
    version     int      not null,
    form        uuid     not null,
    selection   smallint not null,
    attempts    bigint   not null,
    tally       bytea    not null, -- itemstats.Tally
    primary key (lesson, version, environment, org, form, selection)
) with (fillfactor = 50);
create index tallies_form on tallies (form);
alter table tallies alter column tally set storage external; -- compact as it is
