using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Load.Tests;

/// <summary>What a <see cref="FaultyServer"/> does wrong with its thousandth delivery.</summary>
public enum Fault { None, LosesOne, DeliversTwice, CutsOne, SendsError, Closes, Stalls }

/// <summary>Just enough of a NATS server to lie to the load generator.</summary>
internal sealed class FaultyServer : IDisposable
{
    private const int FaultyDelivery = 1000;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Client> _clients = [];
    private readonly Fault _fault;
    private int _deliveries;

    internal FaultyServer(Fault fault)
    {
        _fault = fault;
        _listener.Start();
        new Thread(AcceptLoop) { IsBackground = true }.Start();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    private void AcceptLoop()
    {
        try
        {
            while (true)
            {
                Client client = new(_listener.AcceptSocket());
                lock (_clients) _clients.Add(client);
                new Thread(() => Serve(client)) { IsBackground = true }.Start();
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private void Serve(Client client)
    {
        byte[] buffer = new byte[256 * 1024];
        int length = 0;
        try
        {
            client.Send("INFO {\"server_id\":\"FAULTY\",\"max_payload\":1048576}\r\n"u8);
            for (int count = client.Socket.Receive(buffer); count > 0; count = client.Socket.Receive(buffer.AsSpan(length)))
            {
                length += count;
                ReadOnlySpan<byte> unread = buffer.AsSpan(0, length);
                while (TryHandle(client, ref unread)) { }
                unread.CopyTo(buffer);
                length = unread.Length;
                lock (_clients) _clients.ForEach(c => c.Flush());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The other side has gone.
        }
    }

    private bool TryHandle(Client client, ref ReadOnlySpan<byte> unread)
    {
        int end = unread.IndexOf((byte)'\n');
        if (end < 0) return false;
        ReadOnlySpan<byte> line = unread[..(end - 1)];
        int consumed = end + 1;
        if (line.StartsWith("PUB "u8))
        {
            if (!Utf8Parser.TryParse(line[(line.LastIndexOf((byte)' ') + 1)..], out int size, out _)) return false;
            if (unread.Length < consumed + size + 2) return false;
            Deliver(line[4..], unread.Slice(consumed, size + 2));
            consumed += size + 2;
        }
        else if (line.StartsWith("PING"u8)) client.Append("PONG\r\n"u8);
        else if (line.StartsWith("SUB "u8)) client.Subject = Encoding.ASCII.GetString(line).Split(' ')[1];
        unread = unread[consumed..];
        return true;
    }

    private void Deliver(ReadOnlySpan<byte> subjectAndSize, ReadOnlySpan<byte> payload)
    {
        int blank = subjectAndSize.IndexOf((byte)' ');
        string subject = Encoding.ASCII.GetString(subjectAndSize[..blank]);
        byte[] message = [.. "MSG "u8, .. subjectAndSize[..blank], .. " 1"u8, .. subjectAndSize[blank..], .. "\r\n"u8, .. payload];
        lock (_clients)
        {
            foreach (Client client in _clients)
                if (client.Subject == subject) Deliver(client, message);
        }
    }

    private void Deliver(Client client, byte[] message)
    {
        bool isFaulty = ++_deliveries == FaultyDelivery;
        if (_fault == Fault.Stalls && _deliveries >= FaultyDelivery || isFaulty && _fault == Fault.LosesOne) return;
        client.Append(isFaulty && _fault == Fault.CutsOne ? message.AsSpan(0, message.Length - 3) : message);
        if (!isFaulty) return;
        if (_fault == Fault.DeliversTwice) client.Append(message);
        if (_fault == Fault.SendsError) client.Append("-ERR 'Unknown Protocol Operation'\r\n"u8);
        if (_fault == Fault.Closes) client.Socket.Dispose();
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_clients) _clients.ForEach(c => c.Socket.Dispose());
    }

    private sealed class Client(Socket socket)
    {
        private readonly List<byte> _pending = [];

        internal Socket Socket => socket;

        internal string? Subject { get; set; }

        internal void Append(ReadOnlySpan<byte> bytes) => _pending.AddRange(bytes);

        internal void Flush()
        {
            if (_pending.Count == 0) return;
            byte[] bytes = [.. _pending];
            _pending.Clear();
            try
            {
                Send(bytes);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // Closed, perhaps by the fault.
            }
        }

        internal void Send(ReadOnlySpan<byte> bytes)
        {
            while (!bytes.IsEmpty) bytes = bytes[socket.Send(bytes)..];
        }
    }
}
