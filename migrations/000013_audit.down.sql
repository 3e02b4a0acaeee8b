drop table erased;
drop table audit;
drop function audit_month(bigint);
drop function audit_stands();
