(class_specifier body: (_)) @chunk.container
(template_declaration (class_specifier body: (_))) @chunk.container
(template_declaration (struct_specifier body: (_))) @chunk.container
(template_declaration (function_definition)) @chunk
(alias_declaration) @chunk
(concept_definition) @chunk
