using System.Text;
using DotNats.Protocol;
using Shouldly;
using Xunit;

namespace Protocol.Tests.Handshake;

public sealed class ServerInfoTests
{
    private static readonly ServerInfo Least = new() { ServerId = "N1", ServerName = "n", Version = "2.15.1", Runtime = "dotnet10", Host = "0.0.0.0", Port = 4222, MaxPayloadBytes = 1048576 };

    [Fact]
    public void What_is_not_set_is_left_out() => Line(Least).ShouldBe(
        """INFO {"server_id":"N1","server_name":"n","version":"2.15.1","proto":1,"go":"dotnet10","host":"0.0.0.0","port":4222,"headers":false,"max_payload":1048576} """ + "\r\n");

    [Fact]
    public void What_is_set_stands_in_nats_servers_order()
    {
        ServerInfo all = Least with
        {
            GitCommit = "abc",
            Headers = true,
            AuthRequired = true,
            TlsRequired = true,
            TlsVerify = true,
            TlsAvailable = true,
            JetStream = true,
            ClientId = 7,
            ClientIp = "::1",
            Nonce = "nonce",
            Cluster = "c",
            ClusterIsDynamic = true,
            Domain = "d",
            ConnectUrls = ["a:1", "b:2"],
            WebSocketConnectUrls = ["c:3"],
            LameDuckMode = true,
            ConnectInfo = true,
            RemoteAccount = "$G",
            IsSystemAccount = true,
            JetStreamApiLevel = 3,
            CurveKey = "X1",
        };

        Line(all).ShouldBe(
            """
            INFO {"server_id":"N1","server_name":"n","version":"2.15.1","proto":1,"git_commit":"abc","go":"dotnet10","host":"0.0.0.0","port":4222,
            "headers":true,"auth_required":true,"tls_required":true,"tls_verify":true,"tls_available":true,"max_payload":1048576,"jetstream":true,
            "client_id":7,"client_ip":"::1","nonce":"nonce","cluster":"c","cluster_dynamic":true,"domain":"d","connect_urls":["a:1","b:2"],
            "ws_connect_urls":["c:3"],"ldm":true,"connect_info":true,"remote_account":"$G","acc_is_sys":true,"api_lvl":3,"xkey":"X1"}
            """.ReplaceLineEndings("") + " \r\n");
    }

    [Fact]
    public void Empty_texts_count_as_not_set() => Line(Least with { Nonce = "", Cluster = "", GitCommit = "" }).ShouldBe(Line(Least));

    private static string Line(ServerInfo info) => Encoding.UTF8.GetString(info.ToProtocolLine());
}
