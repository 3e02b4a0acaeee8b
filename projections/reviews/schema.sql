-- Every question and lesson, with where its review stands.
create table items (
    id       uuid             not null primary key,
    kind     text             not null, -- question, lesson
    org      text collate "C" not null,
    code     text             not null, -- 题号; '' of a lesson
    title    text             not null,
    subject  text collate "C" not null,
    type     text             not null, -- id of the question type; '' of a lesson
    revision int              not null,
    state    text             not null, -- draft, in_review, approved, …
    standing   json,                    -- null: not submitted
    spot_check boolean        not null, -- some spot check was drawn

    -- Of what waits for an approval; otherwise waiting is false and these mean nothing.
    waiting      boolean          not null,
    workflow     text collate "C" not null,
    lane         text             not null,
    step         text collate "C" not null,
    role         text             not null, -- who may approve at the step: of this role …
    permission   text             not null, -- … or with this permission
    reserved     boolean          not null, -- and only if assigned
    given        int              not null, -- approvals the step has
    needed       int              not null, -- and those it needs
    barred       text[]           not null, -- who may not approve it: authors, who approved before
    assigned     text[]           not null, -- to whom the step is assigned
    due          bigint           not null, -- microseconds, the earliest; 0: none
    submitted_by text             not null,
    submitted_at bigint           not null, -- microseconds
    since        bigint           not null  -- microseconds: when the step began to wait
);

create index items_waiting on items (since, id) where waiting;
create index items_assigned on items using gin (assigned) where waiting;

-- What happened in the reviews of each item, by its revision.
create table history (
    item     uuid   not null,
    revision int    not null,
    action   text   not null, -- submitted, approved, returned, assigned, unassigned, published
    step     text   not null,
    persons  text[] not null, -- assigned, unassigned: whom
    workflow text   not null, -- submitted: under which
    hash     text   not null,
    note     text   not null,
    by       text   not null,
    at       bigint not null, -- microseconds
    primary key (item, revision)
);
