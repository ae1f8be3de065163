package io.epona.coordination;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the tree of a cluster is found: {@code [USER:PASSWORD@]host:port[,host:port...][/path]}. Immutable: any thread.
 *
 * @param credentials {@code USER:PASSWORD} of ZooKeeper's digest scheme, or null for none.
 * @param servers     {@code host:port[,host:port...]}.
 * @param path        below which the cluster's node lies, {@code /a/b}; empty for ZooKeeper's root.
 */
record ConnectString(String credentials, String servers, String path)
{
    static final String ACCEPTED =
        "[USER:PASSWORD@]host:port[,host:port...][/path], the path of a-z A-Z 0-9 . _ - and not below /zookeeper";

    // A password may hold every sign: what stands before the last @ is the credentials.
    private static final Pattern PATTERN = Pattern.compile(
        "(?:(?<credentials>[^:\\s]+:\\S+)@)?" +
        "(?<servers>[^,/@\\s]+:\\d{1,5}(?:,[^,/@\\s]+:\\d{1,5})*)" +
        "(?<path>(?:/(?!\\.{1,2}(?:/|$))[a-zA-Z0-9._-]{1,200})*)");

    /**
     * @param text as it was given.
     * @return what it says, or null where it is not {@link #ACCEPTED}.
     */
    static ConnectString parse(final String text)
    {
        final Matcher matcher = PATTERN.matcher(text);
        if (!matcher.matches() || matcher.group("path").matches("/zookeeper(/.*)?"))
        {
            return null;
        }

        return new ConnectString(matcher.group("credentials"), matcher.group("servers"), matcher.group("path"));
    }

    /**
     * @param text as it was given, valid or not.
     * @return the same without the password: what may be shown.
     */
    static String shown(final String text)
    {
        final int at = text.lastIndexOf('@');
        return at < 0 ? text : "***@" + text.substring(at + 1);
    }

    /**
     * @return the credentials as ZooKeeper takes them; null for none.
     */
    byte[] digest()
    {
        return null == credentials ? null : credentials.getBytes(StandardCharsets.UTF_8);
    }

    /** Without the password. */
    @Override
    public String toString()
    {
        return (null == credentials ? "" : "***@") + servers + path;
    }
}
