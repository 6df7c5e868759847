using System.Globalization;
using DotNats.Configuration.Binding;
using DotNats.Primitives;

namespace DotNats.Configuration.Validation;

/// <summary>Addresses that others are told: <c>host</c> or <c>host:port</c>.</summary>
internal static class Address
{
    /// <summary>What is wrong, or null.</summary>
    public static string? Check(string address)
    {
        if (!HostPort.TrySplit(address.Trim(), out _, out string port))
        {
            // A bare name takes the default port.
            return address.Contains(':') ? $"address {address}: too many colons in address" : null;
        }
        if (!int.TryParse(port.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            return $"strconv.Atoi: parsing {GoQuote.Quote(port.Trim())}: invalid syntax";
        return null;
    }
}
