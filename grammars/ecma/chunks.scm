(function_declaration) @chunk
(generator_function_declaration) @chunk
(method_definition) @chunk
(class_declaration) @chunk.container
(export_statement declaration: (function_declaration)) @chunk
(export_statement declaration: (class_declaration)) @chunk.container
(program
  (lexical_declaration
    (variable_declarator value: [(arrow_function) (function_expression) (object)])) @chunk)
(program
  (variable_declaration
    (variable_declarator value: [(arrow_function) (function_expression) (object)])) @chunk)
(program
  (export_statement
    (lexical_declaration
      (variable_declarator value: [(arrow_function) (function_expression) (object)]))) @chunk)
; Handlers and tests: `app.get("/", () => {})`.
(program
  (expression_statement
    (call_expression
      arguments: (arguments [(arrow_function) (function_expression)]))) @chunk)
(program
  (expression_statement
    (assignment_expression right: [(arrow_function) (function_expression) (object)])) @chunk)
