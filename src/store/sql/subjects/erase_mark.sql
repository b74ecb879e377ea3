-- Tells the mirror to forget what it holds. :project_id.
insert into change_log (project_id, table_name, row_id, op)
values (:project_id, 'thumbs', 0, 'erase')
