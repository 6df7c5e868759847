using System.Net;
using System.Net.Sockets;
using System.Text;
using DotNats.Server.Transport;
using Shouldly;
using Xunit;

namespace Server.Tests.Transport;

public sealed class LocalPeersTests
{
    private static readonly IPAddress Elsewhere = IPAddress.Parse("192.0.2.7");

    [Fact]
    public void Only_peers_on_this_host_are_not_paced()
    {
        using Socket listener = Listener("bbr");
        LocalPeers peers = LocalPeers.For(listener).ShouldNotBeNull();
        listener.Listen();
        using Socket local = Accept(listener, out Socket client);
        using (client)
        {
            peers.Settle(local, IPAddress.Loopback);
            NameOf(local).ShouldBe("reno");
            peers.Settle(local, Elsewhere);
            NameOf(local).ShouldBe("bbr");
        }
    }

    [Fact]
    public void What_does_not_pace_is_left_alone()
    {
        using Socket listener = Listener("reno");
        LocalPeers.For(listener).ShouldBeNull();
        NameOf(listener).ShouldBe("reno");
    }

    private static Socket Listener(string congestionControl)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has it");
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.SetRawSocketOption(6, 13, Encoding.ASCII.GetBytes(congestionControl));
        }
        catch (SocketException)
        {
            listener.Dispose();
            Assert.Skip($"{congestionControl} cannot be had here");
        }

        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return listener;
    }

    private static Socket Accept(Socket listener, out Socket client)
    {
        client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        return listener.Accept();
    }

    private static string NameOf(Socket socket) => Encoding.ASCII.GetString(LocalPeers.NameOf(socket));
}
