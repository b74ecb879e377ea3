-- Whether anything of a project was erased.
-- :project  row number of the project
-- Returns one row: erased (0 or 1). Index: change_log_by_project.
select exists (
    select 1
    from change_log
    where project_id = :project
        and op = 'erase'
) as erased;
