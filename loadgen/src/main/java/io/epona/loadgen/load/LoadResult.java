package io.epona.loadgen.load;

import io.epona.loadgen.verify.Verification;

/**
 * What the data threads found out. Rates are per second over the window.
 *
 * @param timeline        of the run.
 * @param scheduledRate   of the timetable; the accepted rate where there is none.
 * @param acceptedRate    taken by the driver.
 * @param ackedRate       acknowledged.
 * @param deliveredRate   received intact for the first time.
 * @param deliveredBytes  of values per second.
 * @param sentWindowNs    true length of the window of what was accepted and acked.
 * @param heardWindowNs   true length of the window of what was delivered.
 * @param scheduled       messages due in warm-up and window.
 * @param accepted        messages taken in all.
 * @param acked           messages acknowledged in all.
 * @param delivered       messages delivered in all.
 * @param backPressured   attempts that met back-pressure.
 * @param verification    of everything.
 */
public record LoadResult(
    Timeline timeline,
    double scheduledRate,
    double acceptedRate,
    double ackedRate,
    double deliveredRate,
    double deliveredBytes,
    long sentWindowNs,
    long heardWindowNs,
    long scheduled,
    long accepted,
    long acked,
    long delivered,
    long backPressured,
    Verification verification)
{
}
