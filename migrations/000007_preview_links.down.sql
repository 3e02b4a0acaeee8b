drop table preview_links;
