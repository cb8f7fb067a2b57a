"""Service-risk index 服务风险指数: likelihood times severity of each project and hour (`index`)."""
