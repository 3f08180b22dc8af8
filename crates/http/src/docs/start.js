"use strict";
// To read, not to call: the viewer leaves the Authorization header out, which
// most operations need, and a secret does not belong into a page's form.
SwaggerUIBundle({
  url: "/openapi.json",
  domNode: document.getElementById("document"),
  deepLinking: true,
  supportedSubmitMethods: [],
  validatorUrl: null,
});
