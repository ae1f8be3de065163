package io.epona.transport;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Where a broker is and how to reach it.
 * <pre>
 *   epona:udp?endpoint=host:port[,host:port]     over UDP; &amp;dir=AERON_DIR uses a running media driver
 *   epona:ipc?dir=AERON_DIR                      over the shared memory of a running media driver
 *   epona:inproc?name=NAME                       a broker in the same JVM
 * </pre>
 * Commands also accept {@code host:port[,host:port]} and {@code ipc} ({@link #bootstrap(String)}). Immutable.
 */
public final class EponaUri
{
    /** What a wrong URI is answered with. */
    static final String FORMS =
        "use epona:udp?endpoint=host:port[,host:port][&dir=AERON_DIR], epona:ipc?dir=AERON_DIR, " +
        "epona:inproc?name=NAME";
    private static final String BOOTSTRAP_FORMS = FORMS + ", host:port[,host:port], or ipc";
    private static final String PREFIX = "epona:";
    private static final int MAX_PORT = 0x10000 - Streams.CLIENT_PORT_COUNT;

    /**
     * What carries the messages.
     */
    public enum Media
    {
        /** A broker in the same JVM, without Aeron. */
        INPROC,
        /** Aeron over shared memory. */
        IPC,
        /** Aeron over UDP. */
        UDP
    }

    /**
     * Address of a broker.
     *
     * @param host name or address.
     * @param port on which it hears requests.
     */
    public record Endpoint(String host, int port)
    {
        @Override
        public String toString()
        {
            return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
        }
    }

    private final Media media;
    private final List<Endpoint> endpoints;
    private final String aeronDirectoryName;
    private final String name;

    private EponaUri(
        final Media media, final List<Endpoint> endpoints, final String aeronDirectoryName, final String name)
    {
        this.media = media;
        this.endpoints = List.copyOf(endpoints);
        this.aeronDirectoryName = aeronDirectoryName;
        this.name = name;
    }

    /**
     * Parse a full URI.
     *
     * @param uri text.
     * @return the parsed form.
     * @throws IllegalArgumentException where it is not one; the text says what is wrong and which forms there are.
     */
    public static EponaUri parse(final String uri)
    {
        Objects.requireNonNull(uri, "uri");
        if (!uri.startsWith(PREFIX))
        {
            throw wrong(uri, "it does not begin with 'epona:'", FORMS);
        }

        final int question = uri.indexOf('?');
        final String media = uri.substring(PREFIX.length(), question < 0 ? uri.length() : question);
        final String[] parameters = question < 0 || question + 1 == uri.length() ?
            new String[0] : uri.substring(question + 1).split("&", -1);
        return switch (media)
        {
            case "udp" -> parseUdp(uri, parameters);
            case "ipc" -> ipc(uri, required(uri, parameters, "dir"));
            case "inproc" -> inproc(uri, required(uri, parameters, "name"));
            default -> throw wrong(uri, "there is no media '" + media + "'", FORMS);
        };
    }

    /**
     * Parse what a command is given to find its broker.
     *
     * @param text             a full URI, {@code host:port[,host:port]}, or {@code ipc}.
     * @param ipcDirectoryName directory of the media driver that plain {@code ipc} means.
     * @return the parsed form.
     * @throws IllegalArgumentException where it is none of these; the text says what is wrong and which forms there
     *                                  are.
     */
    public static EponaUri bootstrap(final String text, final String ipcDirectoryName)
    {
        Objects.requireNonNull(text, "bootstrap");
        if (text.startsWith(PREFIX))
        {
            return parse(text);
        }
        if ("ipc".equals(text))
        {
            return ipc(text, ipcDirectoryName);
        }
        return new EponaUri(Media.UDP, endpoints(text, text, BOOTSTRAP_FORMS), null, null);
    }

    /**
     * @return what carries the messages.
     */
    public Media media()
    {
        return media;
    }

    /**
     * @return addresses to try, in this order; empty unless over UDP.
     */
    public List<Endpoint> endpoints()
    {
        return endpoints;
    }

    /**
     * @return directory of the media driver to use, or null for a private one or none.
     */
    public String aeronDirectoryName()
    {
        return aeronDirectoryName;
    }

    /**
     * @return name of the broker in this JVM, or null.
     */
    public String name()
    {
        return name;
    }

    @Override
    public String toString()
    {
        return switch (media)
        {
            case INPROC -> "epona:inproc?name=" + name;
            case IPC -> "epona:ipc?dir=" + aeronDirectoryName;
            case UDP -> "epona:udp?endpoint=" + String.join(",", endpoints.stream().map(Endpoint::toString).toList()) +
                (null == aeronDirectoryName ? "" : "&dir=" + aeronDirectoryName);
        };
    }

    @Override
    public boolean equals(final Object other)
    {
        return other instanceof EponaUri && toString().equals(other.toString());
    }

    @Override
    public int hashCode()
    {
        return toString().hashCode();
    }

    private static EponaUri parseUdp(final String uri, final String[] parameters)
    {
        String endpoint = null;
        String dir = null;
        for (final String parameter : parameters)
        {
            if (parameter.startsWith("endpoint=") && null == endpoint)
            {
                endpoint = parameter.substring("endpoint=".length());
            }
            else if (parameter.startsWith("dir=") && null == dir)
            {
                dir = directory(uri, parameter.substring("dir=".length()));
            }
            else
            {
                throw wrong(uri, "there is no parameter '" + parameter + "', or it stands twice", FORMS);
            }
        }
        if (null == endpoint)
        {
            throw wrong(uri, "'endpoint' is missing", FORMS);
        }
        return new EponaUri(Media.UDP, endpoints(uri, endpoint, FORMS), dir, null);
    }

    private static EponaUri ipc(final String uri, final String dir)
    {
        return new EponaUri(Media.IPC, List.of(), directory(uri, dir), null);
    }

    private static EponaUri inproc(final String uri, final String name)
    {
        if (!name.matches("[a-zA-Z0-9._-]{1,200}"))
        {
            throw wrong(uri, "the name '" + name + "' is not 1 to 200 of a-z A-Z 0-9 . _ -", FORMS);
        }
        return new EponaUri(Media.INPROC, List.of(), null, name);
    }

    private static String required(final String uri, final String[] parameters, final String key)
    {
        if (1 != parameters.length || !parameters[0].startsWith(key + "="))
        {
            throw wrong(uri, "'" + key + "' is needed, and nothing else", FORMS);
        }
        return parameters[0].substring(key.length() + 1);
    }

    private static String directory(final String uri, final String dir)
    {
        if (null == dir || dir.isEmpty() || dir.indexOf('\0') >= 0)
        {
            throw wrong(uri, "'dir' names no directory", FORMS);
        }
        return Path.of(dir).toString();
    }

    private static List<Endpoint> endpoints(final String uri, final String text, final String forms)
    {
        final List<Endpoint> endpoints = new ArrayList<>();
        for (final String part : text.split(",", -1))
        {
            final int colon = part.lastIndexOf(':');
            String host = colon < 0 ? part : part.substring(0, colon);
            if (host.startsWith("[") && host.endsWith("]"))
            {
                host = host.substring(1, host.length() - 1);
            }
            else if (host.indexOf(':') >= 0)
            {
                throw wrong(uri, "an IPv6 address stands in brackets, [::1]:9092", forms);
            }
            if (!host.matches("[a-zA-Z0-9._:%-]+"))
            {
                throw wrong(uri, "'" + part + "' is not host:port", forms);
            }
            endpoints.add(new Endpoint(host, port(uri, part, colon, forms)));
        }
        return endpoints;
    }

    private static int port(final String uri, final String part, final int colon, final String forms)
    {
        final String digits = colon < 0 ? "" : part.substring(colon + 1);
        final int port = digits.matches("[0-9]{1,5}") ? Integer.parseInt(digits) : 0;
        if (port < 1 || port > MAX_PORT)
        {
            throw wrong(uri, "'" + part + "' has no port from 1 to " + MAX_PORT, forms);
        }
        return port;
    }

    private static IllegalArgumentException wrong(final String uri, final String why, final String forms)
    {
        return new IllegalArgumentException("wrong address '" + uri + "': " + why + "; " + forms);
    }
}
