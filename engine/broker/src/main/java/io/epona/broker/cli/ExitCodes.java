package io.epona.broker.cli;

import io.epona.codecs.ResultCode;

/**
 * Exit codes of every command. The rule: {@link #USAGE} where the command line, a setting or a name has to change
 * before the command can succeed; {@link #INFRASTRUCTURE} where the same command succeeds once something else on the
 * machine or the network has ended, started or been mended; {@link #VIOLATION} where data is damaged or lost.
 */
public final class ExitCodes
{
    /** Done. */
    public static final int OK = 0;
    /** Usage or configuration. */
    public static final int USAGE = 2;
    /** Violation or damage. */
    public static final int VIOLATION = 4;
    /** The broker, the network or the machine is in the way. */
    public static final int INFRASTRUCTURE = 6;

    private ExitCodes()
    {
    }

    /**
     * @param code of what went wrong, or null.
     * @return exit code for it.
     */
    public static int of(final ResultCode code)
    {
        if (null == code)
        {
            return INFRASTRUCTURE;
        }
        return switch (code)
        {
            case UNKNOWN_TOPIC, TOPIC_EXISTS, INVALID_NAME, INVALID_CONFIG, INVALID_REPLICATION, RECORD_TOO_LARGE,
                OFFSET_OUT_OF_RANGE, NOT_AUTHORIZED, UNSUPPORTED_VERSION, COMPRESSION_NOT_ALLOWED -> USAGE;
            case CORRUPT_BATCH, DATA_LOSS, OUT_OF_ORDER_SEQUENCE, TRUNCATED -> VIOLATION;
            default -> INFRASTRUCTURE;
        };
    }
}
