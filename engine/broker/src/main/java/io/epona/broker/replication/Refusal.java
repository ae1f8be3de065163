package io.epona.broker.replication;

/**
 * Why a stream of another broker is turned away.
 */
enum Refusal
{
    /**
     * The beginning of the stream went to a former image or life of this broker, as it does where either side stood
     * still, was cut off or is back soon. The sender begins anew: expected, counted, and no error.
     */
    JOINED_LATE("this broker did not hear the beginning of the stream: begin anew"),
    /** What was heard from its beginning on, and is no broker's. */
    MISSING("the stream of another broker did not begin with a hello"),
    FOREIGN_CLUSTER("a broker of another cluster connected: two clusters are mixed up"),
    FOREIGN_RECEIVER("a broker connected that takes this one for another: check the addresses that they advertise"),
    OWN_ID("a broker with the id of this one connected: two brokers have the same broker.id"),
    TOO_MANY("more streams of brokers than there can be"),
    /** What no sender of ours writes. */
    MALFORMED("the stream of another broker is malformed");

    private final String text;

    Refusal(final String text)
    {
        this.text = text;
    }

    String text()
    {
        return text;
    }
}
