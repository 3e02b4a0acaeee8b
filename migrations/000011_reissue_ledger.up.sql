-- What was seen to become of a reissue, student by student. Each instant is the first, microseconds; 0: not seen.
create table reissue_ledger (
    reissue     uuid   not null,
    student     uuid   not null, -- opaque, as the roster has it
    told_at     bigint not null default 0, -- by a notice, or with a manifest that has it
    fetched_at  bigint not null default 0, -- its content
    verified_at bigint not null default 0, -- the client says that it holds what it should
    running_at  bigint not null default 0, -- an open attempt shows it
    failed_at   bigint not null default 0, -- the client says that it cannot have it
    primary key (reissue, student)
);
