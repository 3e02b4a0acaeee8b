-- What machines notice: appended, added up, expired. It is not in the log and cannot be rebuilt.

-- Who was served which version of a lesson, and how it went, as far as it is known. A student counts once, however often a device asks or
-- reports: the guard of a release compares students.
create table exposures (
    environment      text             not null,
    lesson           uuid             not null,
    release          uuid             not null,
    person           uuid             not null, -- opaque
    org              text collate "C" not null, -- of the lesson
    version          int              not null, -- of the lesson
    first_at         bigint           not null, -- microseconds; when the manifest was served first
    served_at        bigint           not null, -- and last, five minutes too early at most
    ready_at         bigint,                    -- when a load succeeded last
    ready_bucket     int,                       -- how long that took: see guard.Bucket
    failed_at        bigint,                    -- when a load failed last
    answered_at      bigint,                    -- when an answer was taken last
    answer_failed_at bigint,                    -- when an answer ended in an error last
    primary key (environment, lesson, release, person)
);
create index exposures_to_expire on exposures (served_at);

-- Reports of devices, kept for as long as they may be sent again.
create table reports (
    environment text   not null,
    person      uuid   not null,
    id          text   not null, -- of the device's choosing
    lesson      uuid   not null,
    release     uuid   not null,
    kind        text   not null, -- ready, failed, answer_error
    cause       text   not null,
    took        int    not null, -- milliseconds to ready
    platform    text   not null,
    app_version text   not null,
    at          bigint not null, -- microseconds; when it happened, by the server's clock
    received_at bigint not null,
    primary key (environment, person, id)
);
create index reports_to_expire on reports (received_at);

-- How often what happened, by the hour.
create table observation_hours (
    environment text             not null,
    lesson      uuid             not null,
    release     uuid             not null,
    platform    text             not null,
    hour        bigint           not null, -- microseconds; its beginning
    kind        text             not null, -- served, ready, failed, answered, answer_error
    cause       text             not null,
    bucket      int              not null, -- of the time to ready
    org         text collate "C" not null, -- of the lesson
    version     int              not null, -- of the lesson
    n           bigint           not null,
    primary key (environment, lesson, release, platform, hour, kind, cause, bucket)
);
create index observation_hours_to_expire on observation_hours (hour);
