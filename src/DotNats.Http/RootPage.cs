using System.Text;

namespace DotNats.Http;

/// <summary>The page at the base path: links to the other endpoints.</summary>
internal static class RootPage
{
    private static readonly (string Path, string Title)[] Links =
    [
        ("/varz", "General"), ("/jsz", "JetStream"), ("/connz", "Connections"), ("/accountz", "Accounts"), ("/accstatz", "Account Stats"),
        ("/subsz", "Subscriptions"), ("/routez", "Routes"), ("/leafz", "LeafNodes"), ("/gatewayz", "Gateways"), ("/raftz", "Raft Groups"),
        ("/healthz", "Health Probe"), ("/debug/vars", "Expvar"),
    ];

    /// <param name="prefix">Base path without a slash behind; empty for none.</param>
    public static byte[] Render(string prefix, string version)
    {
        StringBuilder page = new(2048);
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>NATS server monitoring</title>\n<style>\n")
            .Append("body{font-family:system-ui,sans-serif;margin:2rem}\n")
            .Append("li{list-style:none;padding:.2rem 0}\na{color:#27405a;text-decoration:none}\na:hover{text-decoration:underline}\n")
            .Append("small{color:#888;font-family:monospace}\n</style>\n</head>\n<body>\n<h1>NATS</h1>\n<p>v")
            .Append(RequestTarget.EscapeHtml(version)).Append("</p>\n<ul>\n");
        string safePrefix = RequestTarget.EscapeHtml(prefix);
        foreach ((string path, string title) in Links)
            page.Append($"<li><a href=\".{safePrefix}{path}\">{title} <small>{path}</small></a></li>\n");
        page.Append("</ul>\n</body>\n</html>\n");
        return Encoding.UTF8.GetBytes(page.ToString());
    }
}
