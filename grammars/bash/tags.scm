; Definitions.
(function_definition name: (word) @name) @definition.function
(declaration_command
  ["readonly" "export"]
  (variable_assignment name: (variable_name) @name)) @definition.constant
((program (variable_assignment name: (variable_name) @name) @definition.constant)
  (#match? @name "^[A-Z][A-Z0-9_]+$"))

(comment) @comment

; References.
(command name: (command_name (word) @name)) @reference.call
; Handed over by name: `trap cleanup EXIT`.
((command name: (command_name (word) @command) . argument: (word) @reference.use)
  (#any-of? @command "trap" "command" "type" "run" "retry" "time" "exec")
  (#match? @reference.use "^\\w+$"))
(variable_name) @reference.use

; Imports. What a variable or a command stands for in a path is not known.
((command name: (command_name (word) @source) . argument: (word) @module) @import
  (#any-of? @source "source" "."))
((command
  name: (command_name (word) @source)
  . argument: [
    (string (string_content) @module .)
    (raw_string) @module
    (concatenation (word) @module .)
    (concatenation (string (string_content) @module .) .)
  ]) @import
  (#any-of? @source "source" "."))
