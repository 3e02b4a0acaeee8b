drop table reissue_ledger;
