; A component is called with attributes that cannot be counted.
((jsx_opening_element name: (identifier) @name) @reference.call @spread
  (#match? @name "^[A-Z]"))
((jsx_self_closing_element name: (identifier) @name) @reference.call @spread
  (#match? @name "^[A-Z]"))
