namespace DotNats.Security;

/// <summary>CRC-16/XMODEM (polynomial 0x1021, start 0), the checksum at the end of every nkey.</summary>
internal static class Crc16
{
    // Keys are 33 or 34 bytes and decoded a few times per login: a bitwise loop needs no table to initialise.
    public static ushort Compute(ReadOnlySpan<byte> data)
    {
        uint crc = 0;
        foreach (byte b in data)
        {
            crc ^= (uint)b << 8;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1;
        }

        return (ushort)crc;
    }
}
