package io.epona.client;

/**
 * Numbers of a client's session since {@link EponaClient#connect(EponaClient.Context)}, as
 * {@link EponaClient#counters()} read them. All rise only.
 *
 * @param sessionsOpened sessions with a broker, the first one included.
 * @param sessionsLost   sessions that ended by anything but {@link EponaClient#close()}.
 * @param malformed      messages on the control lane that made no sense; they were dropped. Anything but 0 is a fault
 *                       of the broker, or a broker of another version.
 */
public record ClientCounters(long sessionsOpened, long sessionsLost, long malformed)
{
}
