package io.epona.codecs;

/**
 * Every expected outcome that is not success. The {@link #code()} is negative: the API returns it in place of an
 * offset or position, and the wire carries the same number as an i16.
 */
public enum ResultCode
{
    /** No receiver is connected. */
    NOT_CONNECTED(-1, true, true, "wait for the connection, or check the address"),
    /** No room now; nothing was done. */
    BACK_PRESSURED(-2, true, true, "call again after polling"),
    /** The transport rotated a buffer; nothing was done. */
    ADMIN_ACTION(-3, true, true, "call again at once"),
    /** The object was closed. */
    CLOSED(-4, false, true, "open a new one"),
    /** The stream reached its last position. */
    MAX_POSITION_EXCEEDED(-5, true, true, "reconnect"),

    NOT_LEADER(-101, true, false, "refresh the metadata and send to the leader"),
    FENCED_EPOCH(-102, true, false, "refresh the metadata"),
    UNKNOWN_TOPIC(-103, false, true, "create the topic, or check its name and partition"),
    OFFSET_OUT_OF_RANGE(-104, false, true, "seek to earliest or latest"),
    RECORD_TOO_LARGE(-105, false, true, "send a smaller record or raise max.message.bytes"),
    CORRUPT_BATCH(-106, true, true, "send again; if it repeats, check memory and network"),
    OUT_OF_ORDER_SEQUENCE(-107, true, true, "resend from the sequence after the leader's last"),
    UNKNOWN_PRODUCER(-108, false, true, "take a new producer epoch"),
    NOT_ENOUGH_REPLICAS(-109, true, true, "wait for replicas, or lower min.insync.replicas"),
    STORAGE_LOW(-110, true, true, "free disk space or shorten retention"),
    PARTITION_FENCED(-111, false, false, "see the broker's error log; restart after mending the disk"),
    NOT_AUTHORIZED(-112, false, true, "check the credentials"),
    LIMIT_REACHED(-113, true, true, "close something, or raise the limit"),
    UNSUPPORTED_VERSION(-114, false, true, "use a client of the broker's version"),
    TRUNCATED(-115, false, true, "seek: the log was cut below the position"),
    COMPRESSION_NOT_ALLOWED(-116, false, true, "send uncompressed batches"),
    TIMED_OUT(-117, true, false, "check whether the request took effect, then retry"),
    FENCED_MEMBER(-118, false, true, "rejoin the group"),
    STALE_MEMBER_EPOCH(-119, true, true, "take the new assignment first"),
    LOADING(-120, true, true, "retry"),
    NOT_COORDINATOR(-121, true, true, "refresh the metadata"),
    UNKNOWN_MEMBER(-122, false, true, "rejoin the group"),
    UNKNOWN_EPOCH(-123, true, true, "retry: the broker has not heard of this epoch yet"),
    DATA_LOSS(-124, false, true, "acknowledged records are gone: restore them from their source"),
    TOPIC_EXISTS(-125, false, true, "choose another name"),
    INVALID_NAME(-126, false, true, "use 1 to 200 of a-z A-Z 0-9 . _ - and neither . nor .."),
    INVALID_CONFIG(-127, false, true, "correct the setting"),
    INVALID_REPLICATION(-128, false, true, "ask for at most as many replicas as there are brokers"),
    GROUP_NOT_EMPTY(-129, false, true, "stop the members first"),
    NOT_CONTROLLER(-130, true, true, "refresh the metadata"),
    INTERNAL(-131, false, false, "see the broker's error log"),
    INVALID_RECORD(-132, false, true, "give every record of a compacted topic a key");

    private static final ResultCode[] BY_CODE = new ResultCode[133];

    static
    {
        for (final ResultCode value : values())
        {
            BY_CODE[-value.code] = value;
        }
    }

    private final short code;
    private final boolean retriable;
    private final boolean outcomeKnown;
    private final String remedy;

    ResultCode(final int code, final boolean retriable, final boolean outcomeKnown, final String remedy)
    {
        this.code = (short)code;
        this.retriable = retriable;
        this.outcomeKnown = outcomeKnown;
        this.remedy = remedy;
    }

    /**
     * @return the negative number that stands for this result in APIs and on the wire.
     */
    public short code()
    {
        return code;
    }

    /**
     * @return whether the same call may succeed later.
     */
    public boolean retriable()
    {
        return retriable;
    }

    /**
     * @return whether it is certain that the refused request had no effect.
     */
    public boolean outcomeKnown()
    {
        return outcomeKnown;
    }

    /**
     * @return what to do, for people.
     */
    public String remedy()
    {
        return remedy;
    }

    /**
     * Find a result by its number.
     *
     * @param code negative number.
     * @return the result, or null where no result has this number.
     */
    public static ResultCode get(final long code)
    {
        return code < 0 && code > -BY_CODE.length ? BY_CODE[(int)-code] : null;
    }

    /**
     * The name of a result for messages, also of a number that this version does not know.
     *
     * @param code negative number.
     * @return the name, or the number as text.
     */
    public static String nameOf(final long code)
    {
        final ResultCode result = get(code);
        return null == result ? Long.toString(code) : result.name();
    }
}
