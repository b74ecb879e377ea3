-- Enters a row that was just inserted. :project_id; :table_name; :row_id. The entry gets the
-- position that the row carries already: the one after the last that was ever given out.
insert into change_log (project_id, table_name, row_id, op)
values (:project_id, :table_name, :row_id, 'upsert')
