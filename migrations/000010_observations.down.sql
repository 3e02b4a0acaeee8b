drop table observation_hours;
drop table reports;
drop table exposures;
