(function_definition) @scope.function
(subshell) @scope

(declaration_command
  ["local" "declare" "typeset"]
  [
    (variable_name) @local
    (variable_assignment name: (variable_name) @local)
  ])

; `$1` is no name.
((variable_name) @label
  (#match? @label "^[0-9]+$"))
