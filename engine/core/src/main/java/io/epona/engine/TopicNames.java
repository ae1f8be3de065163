package io.epona.engine;

import io.epona.codecs.ResultCode;

/**
 * Which names a topic may have: 1 to 200 of {@code a-z A-Z 0-9 . _ -}, and neither {@code .} nor {@code ..}. A name
 * becomes part of paths in the file system and in the coordination tree, so it is checked before any path is built.
 * Stateless: any thread.
 */
public final class TopicNames
{
    /** Longest name. */
    public static final int MAX_LENGTH = 200;

    private TopicNames()
    {
    }

    /**
     * Look at a name.
     *
     * @param name to look at.
     * @return whether a topic may have it.
     */
    public static boolean isValid(final String name)
    {
        if (null == name || name.isEmpty() || name.length() > MAX_LENGTH || ".".equals(name) || "..".equals(name))
        {
            return false;
        }

        for (int i = 0; i < name.length(); i++)
        {
            final char c = name.charAt(i);
            final boolean isLetter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
            final boolean isDigit = c >= '0' && c <= '9';
            if (!isLetter && !isDigit && '.' != c && '_' != c && '-' != c)
            {
                return false;
            }
        }

        return true;
    }

    /**
     * Say what is wrong with an invalid name, without repeating control characters or endless text.
     *
     * @param name that is not valid.
     * @return the message.
     */
    static String refusal(final String name)
    {
        if (null == name || name.isEmpty())
        {
            return "a topic needs a name: " + ResultCode.INVALID_NAME.remedy();
        }

        final String shown = name.length() > 40 ? name.substring(0, 40) + "..." : name;

        return "'" + shown.replaceAll("[^ -~]", "?") + "' (" + name.length() + " characters) is not a topic name: " +
            ResultCode.INVALID_NAME.remedy();
    }
}
