"""The API as PayJunction documents it: routes, forms, replies, search and paging, without a network."""
