//! Event files for TensorBoard, read by TensorBoard's own reader. `make setup` fetches it; without it these tests fail.

mod export;
mod live;
mod reader;
