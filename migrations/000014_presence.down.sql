drop table presence;
