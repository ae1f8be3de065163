/** Placeholder. */
package io.epona.loadgen;
