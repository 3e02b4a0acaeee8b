-- What the devices of students said of themselves last, so that support staff sees what a student sees. It is overwritten, and goes when the
-- person is erased.
create table devices (
    org         text collate "C" not null,
    environment text             not null,
    person      uuid             not null,
    subject     text             not null, -- as the student's tokens name the student
    platform    text             not null,
    app_version text             not null,
    channel     text             not null,
    region      text             not null,
    locale      text             not null,
    seen_at     bigint           not null, -- microseconds
    primary key (person, environment, org)
);
