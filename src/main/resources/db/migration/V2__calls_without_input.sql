-- A call that was refused before its body was read has no input.
alter table hook_call alter column input_hash drop not null;
