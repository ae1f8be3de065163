package io.epona.broker;

/**
 * A broker could not start or go on. The message is for people: one or two lines that say what is wrong and what to
 * do.
 */
public final class BrokerException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    private final boolean configuration;

    private BrokerException(final boolean configuration, final String message, final Throwable cause)
    {
        super(message, cause);
        this.configuration = configuration;
    }

    static BrokerException configuration(final String message)
    {
        return new BrokerException(true, message, null);
    }

    static BrokerException infrastructure(final String message, final Throwable cause)
    {
        return new BrokerException(false, message, cause);
    }

    /**
     * @return whether a setting has to change; otherwise the machine or what runs on it is in the way.
     */
    public boolean isConfiguration()
    {
        return configuration;
    }
}
