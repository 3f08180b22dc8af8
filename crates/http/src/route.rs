//! Registration of routes with their access rules and their documentation.

use axum::extract::Request;
use axum::http::Method;
use axum::middleware::{Next, from_fn};
use axum::routing::MethodRouter;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter, UtoipaMethodRouterExt as _};

use crate::App;
use crate::access::{Access, authorize};

/// A route and who may call it.
#[derive(Debug, Clone)]
pub struct RouteRule {
    /// Method.
    pub method: Method,
    /// Path with its parameters in braces.
    pub path: String,
    /// Access rule.
    pub access: &'static Access,
}

/// Puts an access rule before the handlers of a route.
pub fn guard(access: &'static Access, handlers: MethodRouter<App>) -> MethodRouter<App> {
    handlers.layer(from_fn(move |request: Request, next: Next| authorize(access, request, next)))
}

/// Routes as they are collected from the resources' modules.
#[derive(Default)]
pub(crate) struct Routes {
    pub(crate) router: OpenApiRouter<App>,
    pub(crate) rules: Vec<RouteRule>,
}

impl Routes {
    /// Adds an operation: `routes!(…)` of its handler, and its access rule.
    pub(crate) fn add(
        mut self,
        access: &'static Access,
        operation: UtoipaMethodRouter<App>,
    ) -> Self {
        for (path, item) in &operation.1.paths {
            let methods = [
                (&item.get, Method::GET),
                (&item.post, Method::POST),
                (&item.patch, Method::PATCH),
                (&item.put, Method::PUT),
                (&item.delete, Method::DELETE),
            ];
            for (_, method) in methods.into_iter().filter(|(operation, _)| operation.is_some()) {
                self.rules.push(RouteRule { method, path: path.clone(), access });
            }
        }
        self.router = self.router.routes(operation.map(|handler| guard(access, handler)));
        self
    }

    /// Adds the routes of a resource.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.rules.extend(other.rules);
        self
    }
}
