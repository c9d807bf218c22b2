"""The dashboard's site: headers, and the API below the same address."""

import json

from scripts.deployment.record import API_STAGE
from tests.architecture.templates import ROOT, template


def test_the_site_sends_the_headers_that_the_local_cloud_sends() -> None:
    """CloudFront has a field of its own for some of them; the origin of the sign-in is that of the pool's Region."""
    config = template("dashboard.yaml")["Resources"]["Headers"]["Properties"]["ResponseHeadersPolicyConfig"]
    security = config["SecurityHeadersConfig"]
    sent = {item["Header"]: item["Value"] for item in config["CustomHeadersConfig"]["Items"]}
    sent |= {
        "Content-Security-Policy": security["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"],
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        "Strict-Transport-Security": f"max-age={security['StrictTransportSecurity']['AccessControlMaxAgeSec']}",
        "X-Content-Type-Options": "nosniff" if security["ContentTypeOptions"]["Override"] else "",
    }
    declared = (ROOT / "infrastructure/dashboard-headers.json").read_text()
    origin = "https://cognito-idp.${UserPoolRegion}.${AWS::URLSuffix}"
    assert sent == json.loads(declared.replace("{signInOrigin}", origin))


def test_the_site_serves_the_api_below_its_own_address_without_caching() -> None:
    distribution = template("dashboard.yaml")["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    (behavior,) = distribution["CacheBehaviors"]
    assert behavior["PathPattern"] == f"/{API_STAGE}/*", "the path is the same at API Gateway"
    assert behavior["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "CachingDisabled"
    assert "CustomErrorResponses" not in distribution, "they would replace the API's own answers"
    assert set(behavior["AllowedMethods"]) >= {"GET", "POST", "PUT", "PATCH", "DELETE"}
