package io.epona.client;

/**
 * Numbers of a consumer since it was made, over all its lanes, as {@link Consumer#counters()} read them. All rise only.
 *
 * @param lanesLost     lanes that were lost; every partition went on from its position over a new one.
 * @param malformed     messages that made no sense; they were dropped. Anything but 0 is a fault of the broker, or a
 *                      broker of another version.
 * @param gaps          times that batches were missing; the subscription was made anew from the position.
 * @param stalePushes   pushes of subscriptions that were over: what was on its way when the position was moved.
 * @param metadataAsked times that topics were looked up again: leaders may have changed.
 */
public record ConsumerCounters(long lanesLost, long malformed, long gaps, long stalePushes, long metadataAsked)
{
}
