package io.epona.broker;

/**
 * What can be wrong with a message that arrived on a lane. Each has a counter; the lane that carried it is closed.
 */
enum Violation
{
    /** Shorter than its header or its block, or not as long as its parts. */
    LENGTH("bad length"),
    /** The schema id is not ours. */
    SCHEMA("wrong schema"),
    /** A schema version that this broker does not speak. */
    VERSION("wrong version"),
    /** A template that is unknown, or not allowed on this lane or in this state. */
    TEMPLATE("wrong template"),
    /** The block is not as long as its template says. */
    BLOCK("wrong block length"),
    /** Longer than max.message.bytes and its headers. */
    OVERSIZED("oversized"),
    /** The token is not that of the lane's session. */
    TOKEN("wrong token"),
    /** A field holds what it must not. */
    VALUE("bad value");

    private final String text;

    Violation(final String text)
    {
        this.text = text;
    }

    String text()
    {
        return text;
    }
}
