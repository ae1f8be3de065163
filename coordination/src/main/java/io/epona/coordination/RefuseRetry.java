package io.epona.coordination;

import org.apache.curator.RetryPolicy;
import org.apache.curator.RetrySleeper;

/**
 * Retries nothing: a change that was retried after a hidden success would be answered BAD_VERSION.
 */
final class RefuseRetry implements RetryPolicy
{
    @Override
    public boolean allowRetry(final int retryCount, final long elapsedTimeMs, final RetrySleeper sleeper)
    {
        return false;
    }

    @Override
    public boolean allowRetry(final Throwable exception)
    {
        return false;
    }
}
