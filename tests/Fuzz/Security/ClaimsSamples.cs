namespace Fuzz.Security;

/// <summary>Sound claims with every member there is; <c>ISS</c> stands for the issuer.</summary>
internal static class ClaimsSamples
{
    public static string[] All { get; } =
    [
        """
        {"exp":4102444800,"jti":"X","iat":1700000000,"iss":"ISS","name":"u","nbf":5,"sub":"ISS","aud":"NATS","nats":{"pub":{"allow":["a.>","{{tag(x)}}.b"],
        "deny":["c"]},"sub":{"allow":["d q"]},"resp":{"max":1,"ttl":1000},"src":["10.0.0.0/8","::1/128"],"times":[{"start":"08:00:00","end":"17:30:00"}],
        "times_location":"Europe/Berlin","subs":1,"data":2,"payload":3,"bearer_token":true,"proxy_required":true,"allowed_connection_types":["STANDARD"],
        "issuer_account":"ISS","tags":["x:y"],"type":"user","version":2}}
        """,
        """
        {"iss":"ISS","sub":"ISS","iat":1,"nats":{"imports":[{"name":"n","subject":"a.*","account":"ISS","token":"e.e.e","to":"b","local_subject":"c.$1",
        "type":"service","share":true,"allow_trace":true}],"exports":[{"name":"n","subject":"e.*","type":"service","token_req":true,"revocations":{"*":1},
        "response_type":"Stream","response_threshold":5,"service_latency":{"sampling":"headers","results":"r"},"account_token_position":2,"advertise":true,
        "allow_trace":true,"description":"d","info_url":"http://h/p"}],"limits":{"subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,
        "conn":-1,"leaf":-1,"mem_storage":1,"tiered_limits":{"R1":{"disk_storage":1}}},"signing_keys":["A",{"kind":"user_scope","key":"B","role":"r",
        "template":{"pub":{"allow":["{{tag(x)}}.{{account-tag(y)}}"]},"subs":1},"description":"d"}],"revocations":{"U":1},"default_permissions":{"pub":{"deny":["x"]}},
        "mappings":{"m.*":[{"subject":"n.$1","weight":50,"cluster":"c"}]},"authorization":{"auth_users":["U"],"allowed_accounts":["*"],"xkey":"X"},
        "trace":{"dest":"t","sampling":5},"cluster_traffic":"owner","description":"d","info_url":"u","tags":["y:z"],"type":"account","version":2}}
        """,
        """{"iss":"ISS","sub":"ISS","type":"account","tags":["a"],"nats":{"limits":{"subs":1},"signing_keys":["A"],"revocations":{"*":5}}}""",
        """{"iss":"ISS","sub":"ISS","type":"user","issuer_account":"ISS","nats":{"src":"10.0.0.0/8,::1/128","max":5}}""",
        """{"iss":"ISS","sub":"ISS","nats":{"subject":"a.*","kind":"stream","issuer_account":"ISS","type":"activation","version":2}}""",
        """{"iss":"ISS","sub":"U","aud":"N","nats":{"jwt":"a.b.c","error":"no","issuer_account":"ISS","type":"authorization_response","version":2}}""",
        """{"iss":"ISS","sub":"x","nats":{"accounts":["A"],"deep":[[[{}]]],"type":"thing","version":2}}""",
    ];
}
